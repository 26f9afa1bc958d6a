"""Screph's old backend: a real Django project with Django REST framework's tokens."""
