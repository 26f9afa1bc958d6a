"""Tests of i18n: languages, catalogues, formats."""
