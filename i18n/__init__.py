"""SPEAKS each account's language: gettext catalogues, and how numbers, money and moments are written."""
