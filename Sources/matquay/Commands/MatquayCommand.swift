import ArgumentParser

/// The command line as a whole.
struct MatquayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matquay",
    abstract: "Numerical algorithms over HTTP: dualize, blast, cluster, paging.",
    discussion: """
      Exit status: 0 success, 64 wrong usage, 78 wrong configuration, 1 anything else. Client \
      commands read MATQUAY_URL and MATQUAY_API_KEY.
      """,
    version: ProgramVersion.text,
    groupedSubcommands: [
      CommandGroup(
        name: "Service:",
        subcommands: [ServeCommand.self, ConfigCommand.self, HealthCommand.self, KeysCommand.self]),
      CommandGroup(
        name: "Without a service:",
        subcommands: [
          RunCommand.self, AlgorithmsCommand.self, CacheReplayCommand.self, VersionCommand.self,
        ]),
      CommandGroup(
        name: "Client:", subcommands: [SubmitCommand.self, JobsCommand.self, ResultCommand.self]),
    ])
}
