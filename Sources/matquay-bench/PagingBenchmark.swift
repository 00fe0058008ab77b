import ArgumentParser
import Compute
import WeightedPaging

/// Paging decisions: cost over the optimum on real and made traces, speed of the engine, the
/// baselines and the optimum, one thread.
struct PagingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paging",
    abstract: "Cost over the optimum and requests a second of the paging policies.",
    discussion: """
      Weights are log uniform in 0.01 … 1 and costs Bernoulli, but for the loops and uniform51, \
      which have unit weights. Ratios are means over weight draws and seeds.
      """)

  @OptionGroup var options: BenchOptions

  @Option(help: "The folder with web07.txt.gz and web12.txt.gz.")
  var traces = "../shared/data/traces"

  @Option(help: "Draws of the weights.")
  var draws = 2

  @Option(help: "Seeds of coins and samples for each draw.")
  var seeds = 3

  func run() throws {
    var figures = Figures("paging")
    for row in PagingRow.all {
      guard let trace = row.trace(folder: traces) else {
        figures.note("\(row.name) was left out: its trace is not in \(traces)")
        continue
      }
      try measureCost(row, trace, &figures)
    }
    try measureSpeed(&figures)
    figures.note("\(draws) weight draws, \(seeds) seeds, speeds: best of \(options.rounds) rounds")
    try figures.report(options)
  }

  private func measureCost(
    _ row: PagingRow, _ trace: PagingTrace, _ figures: inout Figures
  ) throws {
    var sums: [PagingPolicy: Double] = [:]
    var seconds = 0.0
    for draw in 0..<draws {
      let weights = try row.weights.weights(
        for: trace, random: RandomGenerator(seed: UInt64(100 + draw), stream: 1))
      var simulation = PagingSimulation(
        trace: trace, weights: weights, capacities: [row.capacity], policies: row.policies)
      simulation.replications = seeds
      simulation.seed = UInt64(draw)
      let report = try simulation.run(ComputeContext())
      for found in report.rows { sums[found.policy, default: 0] += found.ratioToOptimum ?? 0 }
      seconds = max(seconds, report.optima.first?.seconds ?? 0)
    }
    for policy in row.policies {
      figures.add(
        "\(row.name)_\(policy.rawValue)", sums[policy, default: 0] / Double(draws), "× opt")
    }
    if row.name == "web07_200" { figures.add("opt_web07_200", seconds, "s") }
  }

  private func measureSpeed(_ figures: inout Figures) throws {
    var cases: [(String, PagingRow, PagingPolicy, Int)] = []
    for row in PagingRow.all where row.name == "web07_200" {
      cases += [
        ("speed_web07_200_m64", row, .owp, 64), ("speed_web07_200_m16", row, .owp, 16),
        ("speed_lru", row, .lru, 64), ("speed_landlord", row, .landlord, 64),
        ("speed_randomised_greedydual", row, .randomisedGreedyDual, 64),
      ]
    }
    for row in PagingRow.all where row.name == "uniform51" {
      cases.append(("speed_uniform51", row, .owp, 64))
    }
    cases.append(("speed_hits", PagingRow.hits, .owp, 64))
    for (name, row, policy, states) in cases {
      guard let trace = row.trace(folder: traces) else { continue }
      let weights = try row.weights.weights(
        for: trace, random: RandomGenerator(seed: 100, stream: 1))
      var simulation = PagingSimulation(
        trace: trace, weights: weights, capacities: [row.capacity], policies: [policy])
      simulation.comparesWithOptimum = false
      simulation.engine.states = states
      var best = 0.0
      for _ in 0..<options.rounds {
        best = max(best, try simulation.run(ComputeContext()).rows.first?.requestsPerSecond ?? 0)
      }
      figures.add(name, best, "1/s")
    }
  }
}
