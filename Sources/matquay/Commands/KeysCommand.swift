import ArgumentParser
import FoundationEssentials
import Observability
import Service
import Settings

/// Makes, lists and removes keys in the data directory, without a running service. A running one
/// takes the change within `auth.poll`, or at once on SIGHUP.
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Make, list and remove API keys in the data directory.",
    discussion: "A running service takes the change within auth.poll, or at once on SIGHUP.",
    subcommands: [Create.self, List.self, Revoke.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create", abstract: "Make a key and print it; it is shown this once.")

    @Option(help: "A name for people.")
    var name: String

    @Option(help: "What it may do: read, submit or admin. May be repeated.")
    var scope: [String] = ["submit"]

    @OptionGroup var settings: SettingsFlags

    func run() throws {
      let scopes = try scope.map { text in
        guard let scope = Scope(rawValue: text) else {
          throw ValidationError("--scope: expected read, submit or admin, not \"\(text)\"")
        }
        return scope
      }
      let (key, text) = AccessKey.make(name: name, scopes: Set(scopes), at: Timestamp.now())
      try KeysCommand.change(settings) { ring throws(KeyFile.Failure) in try ring.add(key) }
      Terminal.write(text + "\n")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List keys by id, name, scopes and time.")

    @OptionGroup var settings: SettingsFlags

    func run() throws {
      try KeysCommand.change(settings) { ring throws(KeyFile.Failure) in
        for key in ring.all {
          let scopes = key.scopes.map(\.rawValue).sorted().joined(separator: ",")
          Terminal.write("\(key.id)  \(key.name)  \(scopes)  \(key.createdAt.text)\n")
        }
      }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke", abstract: "Remove a key by its id.")

    @Argument(help: "The id: the part between mq_ and the next underscore.")
    var id: String

    @OptionGroup var settings: SettingsFlags

    func run() throws {
      var outcome = KeyRing.Removal.notFound
      try KeysCommand.change(settings) { ring throws(KeyFile.Failure) in
        outcome = try ring.remove(id: id)
      }
      switch outcome {
      case .removed: Terminal.write("removed \(id)\n")
      case .isFixed:
        Terminal.complain("\(id) stands in auth.keys_file, which only the operator changes")
        throw ProgramExit.failure
      case .notFound:
        Terminal.complain("there is no key \(id)")
        throw ProgramExit.failure
      }
    }
  }

  private static func change(
    _ flags: SettingsFlags, _ work: (KeyRing) throws(KeyFile.Failure) -> Void
  ) throws {
    let settings = try flags.load().settings
    do throws(KeyFile.Failure) {
      try? FileManager.default.createDirectory(
        atPath: settings.storage.path, withIntermediateDirectories: true)
      try work(
        try KeyRing(
          fixed: settings.auth.keysFile.map { KeyFile(path: $0) },
          stored: KeyFile(path: ServiceHost.keysPath(settings))))
    } catch {
      Terminal.complain("\(error)")
      throw ProgramExit.failure
    }
  }
}
