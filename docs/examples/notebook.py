# %% [markdown]
# # A search in a notebook
#
# VS Code and PyCharm run the cells one by one; `jupytext --to ipynb` makes a Jupyter notebook of
# them. The table is a sample that comes with Nightshift: 1,000 loans, and which were good risks.

# %%
from pathlib import Path

import pandas as pd

from automl_tasks import AutoMLClassifier, Problem, search
from automl_tasks.notebook import engineer, evaluate, prepare

folder = Path(__file__).parents[2] / "dags" / "problems" / "data"
loans = pd.read_csv(folder / "credit_g.csv.gz", keep_default_na=False, na_values=[""])
known, new = loans.iloc[:800], loans.iloc[800:]
print(known.head())

# %% [markdown]
# ## As a scikit-learn estimator
#
# The whole of plan, search, ensemble and refit keeps to the minutes given.

# %%
model = AutoMLClassifier(minutes=0.25)
model.fit(known.drop(columns="class"), known["class"])
print(model.leaderboard_[["trial", "score", "weight", "seconds"]].head())
print("accuracy on new rows:", model.score(new.drop(columns="class"), new["class"]))

# %% [markdown]
# ## The same as a problem, one stage after the other
#
# `source` is what the nightly run will read; here the rows are given. Without rows it is read now.

# %%
problem = Problem(name="credit_g", source="credit_g.csv", target="class", metric="log_loss")
prepared = prepare(problem, known)
print(prepared.validation.status, prepared.snapshot.manifest.notes)

# %%
features = engineer(prepared)
print(pd.Series(features.roles).value_counts())
print(features.frame.head())

# %%
result = search(prepared, minutes=0.25)
print("\n".join(result.notes))

# %%
print(evaluate(result))  # on the rows that the search held out
print(evaluate(result, new))  # on rows of your own

# %%
print(result.model.predict(new.drop(columns="class")).head())
