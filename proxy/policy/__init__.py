"""The policy language: from the text of a file to a `Judge` the engine can ask.

1. `yamltree` reads YAML 1.2 into nodes that remember their line and column; `names` follows includes, lists and
   conditions by name.
2. `model` and `when` say what a file may hold; `load` sets the two side by side and reports every mistake at once,
   `lint` every doubt; `codes` has a page for each; `schema` and `reference` are drawn from the model.
3. `tree` turns each condition into tests that are asked once per message: `conditions` on the message, `selection` on
   what was found, `records` on what belongs together. `index` files rules by what they need.
4. `decide.Policy` lets every rule that could match vote; the strictest enforced action wins, whatever their order.

Pure: the caller reads the files and says what day it is.
"""
