// DualizationAPI: dualization as the service offers it: parameters, inputs, outputs and reports.
//
// Read first: `DualizeAlgorithm` (what the catalogue takes), `DualizeParameters` (the schema),
// `DualizeComputation` (a checked request). The mathematics is in Dualization; nothing here
// computes. Must never import HTTP, Jobs or Service.
