import ArgumentParser
import Settings

/// Runs the service until a signal ends it.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the service.",
    discussion: """
      Prints one line, "listening on URL", when it takes requests. SIGTERM and SIGINT drain: what \
      runs is finished, the rest stays queued; a second one ends at once. SIGHUP reads \
      certificates and keys anew. SIGUSR1 turns debug logging on and off.

      Settings, each also as a variable (--server-port is MATQUAY_SERVER_PORT) and in the file \
      of --config PATH or MATQUAY_CONFIG, else ./Config/matquay.yaml, else \
      /etc/matquay/matquay.yaml:

      \(SettingsDocument.help())
      """)

  @OptionGroup var settings: SettingsFlags

  func run() throws {
    let loaded = try settings.load()
    do throws(StartFailure) {
      try ServiceHost.run(loaded)
    } catch {
      Terminal.complain(error.message)
      throw error.isConfiguration ? ProgramExit.configuration : ProgramExit.failure
    }
  }
}
