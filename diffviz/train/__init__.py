"""From a folder of pictures to a model: recipe, pictures, loop, checkpoints. ``diffviz train`` is its door."""
