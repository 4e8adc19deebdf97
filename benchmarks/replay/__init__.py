"""Retraining policies, replayed on a stream with one fixed learner."""
