"""Makes the database: 10,000 users with a token each. The token of user n is n in 40 hex digits."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

import django

django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.authtoken.models import Token

call_command("migrate", verbosity=0)
if Token.objects.count() == 0:
    users = User.objects.bulk_create(User(username=f"user-{n}") for n in range(10_000))
    Token.objects.bulk_create(Token(key=f"{n:040x}", user=user) for n, user in enumerate(users))
