"""Tests of what is stored of promotions."""
