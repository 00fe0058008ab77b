import ArgumentParser

/// The command line as a whole: one subcommand for each benchmark.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matquay-bench",
    abstract: "Measure this program against others, interleaved in one run.",
    discussion: """
      Figures are medians over rounds; thresholds are in Config/benchmarks.json. The exit status \
      is 1 where a figure misses its threshold and --check is given.
      """,
    subcommands: [
      ServerBenchmark.self, HelloServer.self, DualizeBenchmark.self, PagingBenchmark.self,
      BlastBenchmark.self, ClusterBenchmark.self, ClusterSimulations.self, ClusterData.self,
      SessionBenchmark.self, SessionCrash.self, JobsBenchmark.self, CrashBenchmark.self,
      ResetsBenchmark.self, HostileBenchmark.self,
    ])
}

/// What every benchmark can be told.
struct BenchOptions: ParsableArguments {
  @Option(help: "Rounds; the order of what is measured turns from one to the next.")
  var rounds = 3

  @Option(help: "The file of thresholds.")
  var thresholds = "Config/benchmarks.json"

  @Flag(help: "Exit with 1 where a figure misses its threshold.")
  var check = false

  @Flag(help: "Print the figures as JSON as well.")
  var json = false

  func validate() throws {
    guard (1...1_000).contains(rounds) else {
      throw ValidationError("--rounds: expected 1 to 1000")
    }
  }
}

/// The service that a benchmark starts.
struct ServiceProgram: ParsableArguments {
  @Option(help: "The service's program; the one beside this one by default.")
  var matquay = ProgramFolder.path + "/matquay"
}
