import Settings
import TestSupport
import Testing

@Suite struct SettingsDocumentTests {
  @Test func theShippedFileIsTheTable() {
    let shipped = PackageFiles.text("Config/matquay.yaml")
    #expect(shipped == SettingsDocument.file())
  }

  @Test func theReadmeHoldsTheTable() {
    let readme = PackageFiles.text("README.md")
    #expect(readme.contains(SettingsDocument.table()))
  }

  @Test func theShippedFileReadsBackAsTheDefaults() throws {
    let text = SettingsDocument.file()
    let loader = SettingsLoader(
      environment: [:], readFile: { _ in text }, fileExists: { _ in true })
    let loaded = try loader.load()
    #expect(loaded.settings == ServiceSettings())
    #expect(loaded.sources.count == SettingTable.keys.count)
  }

  @Test func helpAndTableNameEveryKey() {
    let help = SettingsDocument.help()
    let table = SettingsDocument.table()
    for key in SettingTable.keys {
      #expect(help.contains("\(key.flag)"))
      #expect(table.contains("| `\(key.name)` |"))
    }
  }

  @Test func everyKeyBelongsToASectionAndNoTwoShareAName() {
    let sections = Set(SettingTable.sections.map(\.name))
    #expect(SettingTable.keys.allSatisfy { sections.contains($0.section) })
    #expect(Set(SettingTable.keys.map(\.name)).count == SettingTable.keys.count)
    #expect(Set(SettingTable.keys.map(\.variable)).count == SettingTable.keys.count)
    #expect(Set(SettingTable.keys.map(\.flag)).count == SettingTable.keys.count)
  }

  @Test func secretsAreMaskedWhereSettingsAreShown() throws {
    let loader = SettingsLoader(
      environment: ["MATQUAY_STORAGE_URL": "postgresql://u:hunter2@db/x"], readFile: { _ in nil },
      fileExists: { _ in false })
    let loaded = try loader.load()
    for all in [true, false] {
      let text = SettingsDocument.print(loaded, all: all)
      #expect(!text.contains("hunter2"))
      #expect(text.contains("url: \"***\"  # MATQUAY_STORAGE_URL"))
    }
  }

  @Test func whatIsPrintedInFullReadsBackTheSame() throws {
    let loader = SettingsLoader(
      environment: [:], readFile: { _ in nil }, fileExists: { _ in false })
    let loaded = try loader.load(flags: [
      "--port", "0", "--server-trusted-proxies", "::1,10.0.0.0/8", "--queue-concurrency",
      "blast=2", "--storage-path", "a \"b\\ #c: 'd'", "--limits-body", "1000",
    ])
    let text = SettingsDocument.print(loaded, all: true)
    let again = try SettingsLoader(
      environment: [:], readFile: { _ in text }, fileExists: { _ in true }
    ).load()
    #expect(again.settings == loaded.settings)
    let partial = SettingsDocument.print(loaded, all: false)
    #expect(partial.contains("port: 0  # --port"))
    #expect(!partial.contains("io_loops"))
  }
}
