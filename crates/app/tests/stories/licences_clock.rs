//! What the clock does to blocks, all over the world.
