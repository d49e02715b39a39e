"""The policy language: from the text of a file to a `Judge` the engine can ask.

1. `yamltree` reads YAML 1.2 into nodes that remember their line and column.
2. `model` says what a file may hold; `load` sets the two side by side and reports every mistake at once.
3. `conditions` and `globs` turn each rule into closures and tables, once.
4. `decide.Policy` lets every rule vote; the strictest enforced action wins, whatever the order of the rules.

Pure: the caller reads the files and says what day it is.
"""
