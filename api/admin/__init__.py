"""The pages under /beheer, for administrators."""
