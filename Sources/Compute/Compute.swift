// Compute: what every long computation needs and none of the mathematics: stopping and progress
// (`ComputeContext`), seeded randomness (`RandomGenerator`), and threads that only compute
// (`ComputePool`). Read those three first.
//
// Rules kept here, on which the result cache rests: work is split by shape, never by the number of
// workers; randomness is a function of seed, stream and position. Must never import anything of
// ours but CSystem.
