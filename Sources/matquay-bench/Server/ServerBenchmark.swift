import ArgumentParser
import Glibc

/// The server against Hummingbird 2 and nginx in every way the service is used, side by side on
/// one machine: `--scenario` chooses, all of them are the default.
///
/// Before: build the peer once with `swift build -c release` in deploy/peers/hummingbird. What is
/// not there is left out and said so.
struct ServerBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "server",
    abstract: "The server against Hummingbird 2 and nginx: small, large, TLS, idle, busy.")

  @OptionGroup var options: BenchOptions

  @Option(help: "What to measure; may be repeated. All of them unless given.")
  var scenario: [ServerScenario] = []

  @OptionGroup var program: ServiceProgram

  @Option(help: "The peer's binary.")
  var hummingbird = "deploy/peers/hummingbird/.build/release/peer"

  @Option(help: "Connections of the scenario `tiny`.")
  var connections = 64

  @Option(help: "Seconds for each server, times --rounds, in turns of one; of busy once.")
  var seconds = 4

  func validate() throws {
    guard seconds >= 1 else { throw ValidationError("--seconds is at least 1") }
  }

  func run() throws {
    let fleet = ServerFleet(matquay: program.matquay, hummingbird: hummingbird)
    defer { fleet.end() }
    var figures = Figures("server")
    for server in [("hummingbird", fleet.hummingbird), ("nginx", fleet.nginx)]
    where server.1 == nil {
      figures.note("\(server.0) was not measured: its program is not here or does not start")
    }
    let chosen = scenario.isEmpty ? ServerScenario.allCases : scenario
    let measurement = ServerMeasurement(
      fleet: fleet, rounds: options.rounds, seconds: seconds, connections: connections)
    for scenario in ServerScenario.allCases where chosen.contains(scenario) {
      try measurement.run(scenario, &figures)
    }
    figures.note(
      "\(options.rounds * seconds) turns of a second, clients on the same cores; cpu is processor "
        + "time of the server for each request, handshake or body; ratios are medians of the turns'"
    )
    try figures.report(options)
  }
}
