// TestSupport: what several test targets need: naive references (`NaiveAlgebra`), seeded inputs
// (`Samples`), executors and monitors that misbehave on purpose, and the way to ../shared
// (`SharedFiles`). Never imported by Sources.
