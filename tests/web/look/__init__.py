"""Tests of the face that all pages share."""
