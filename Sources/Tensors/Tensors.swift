// Tensors: typed, shaped views over bytes, and the forms in which they come and go: npy, npz,
// safetensors, JSON. Every reader bounds what it takes (TensorLimits) before it takes memory, and
// names the rule that a file breaks (TensorError). Read first: Tensor, SharedBytes, Safetensors.
// Must never import HTTP, jobs, algorithms or linear algebra; JSON and zlib are all it stands on.
