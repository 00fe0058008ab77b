import ArgumentParser
import Settings

/// Shows settings.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show and check the settings.",
    subcommands: [Print.self, Check.self], defaultSubcommand: Print.self)

  /// Prints the settings in force as a YAML file, each with its origin; secrets are masked.
  struct Print: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "print",
      abstract: "Print the settings that differ from the defaults, each with its origin.")

    @Flag(help: "Print every setting, with what is found out at start put into numbers.")
    var effective = false

    @Flag(help: "Print the commented file with every default, as shipped.")
    var defaults = false

    @Flag(help: "Print the table of settings in Markdown.")
    var table = false

    @OptionGroup var settings: SettingsFlags

    func run() throws {
      if defaults { return Terminal.write(SettingsDocument.file()) }
      if table { return Terminal.write(SettingsDocument.table()) }
      let loaded = try settings.load()
      for warning in loaded.warnings { Terminal.complain(warning) }
      guard effective else { return Terminal.write(SettingsDocument.print(loaded, all: false)) }
      Terminal.write(SettingsDocument.print(loaded.resolved(for: .current()), all: true))
    }
  }

  /// Says whether the settings would be taken.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Check the settings; exit status 78 where they are wrong.")

    @OptionGroup var settings: SettingsFlags

    func run() throws {
      let loaded = try settings.load()
      for warning in loaded.warnings { Terminal.complain(warning) }
      Terminal.write("settings are fine (\(loaded.path ?? "no file"))\n")
    }
  }
}
