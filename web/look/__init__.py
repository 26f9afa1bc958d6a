"""The one face of portal and admin: stylesheet, icons, pieces, and how a page is rendered."""
