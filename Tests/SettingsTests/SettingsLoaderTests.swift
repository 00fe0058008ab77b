import Settings
import Testing

/// A loader over files in memory.
private func loader(
  _ environment: [String: String] = [:], files: [String: String] = [:]
) -> SettingsLoader {
  SettingsLoader(
    environment: environment, readFile: { files[$0] }, fileExists: { files[$0] != nil })
}

private func problems(
  _ environment: [String: String] = [:], files: [String: String] = [:], flags: [String] = []
) -> [SettingProblem] {
  do throws(SettingsError) {
    _ = try loader(environment, files: files).load(flags: flags)
    return []
  } catch {
    return error.problems
  }
}

@Suite struct SettingsLoaderTests {
  private let standardFile = "./Config/matquay.yaml"

  @Test func nothingGivenLeavesTheDefaults() throws {
    let loaded = try loader().load()
    #expect(loaded.settings == ServiceSettings())
    #expect(loaded.path == nil)
    #expect(loaded.warnings.isEmpty)
  }

  @Test func defaultsAreTheOnesOtherProgramsRelyOn() {
    let settings = ServiceSettings()
    #expect(settings.server.host == "127.0.0.1")
    #expect(settings.server.port == 8080)
    #expect(settings.server.ioLoops == 1)
    #expect(settings.server.requestThreads == 4)
    #expect(settings.storage.path == "./.matquay")
    #expect(settings.cache.maxBytes == 1 << 30)
    #expect(settings.sync.maxWait == .seconds(10))
    #expect(settings.sync.maxWaitLimit == .seconds(30))
    #expect(settings.drain.timeout == .seconds(25))
    #expect(settings.limits.body == 256 << 20)
    #expect(settings.limits.connections == 4_096)
    #expect(settings.limits.tensorElements == 1 << 28)
  }

  @Test func flagsWinOverEnvironmentOverFile() throws {
    let files = [
      standardFile: "server:\n  port: 1\n  host: 127.0.0.2\n  io_loops: 2\nlog:\n  level: debug\n"
    ]
    let environment = ["MATQUAY_SERVER_PORT": "2", "MATQUAY_SERVER_HOST": "127.0.0.3"]
    let loaded = try loader(environment, files: files).load(flags: ["--server-port", "3"])
    #expect(loaded.settings.server.port == 3)
    #expect(loaded.settings.server.host == "127.0.0.3")
    #expect(loaded.settings.server.ioLoops == 2)
    #expect(loaded.settings.log.level == .debug)
    #expect(loaded.sources["server.port"] == .flag("--server-port"))
    #expect(loaded.sources["server.host"] == .variable("MATQUAY_SERVER_HOST"))
    #expect(loaded.sources["server.io_loops"] == .file(path: standardFile, line: 4))
    #expect(loaded.path == standardFile)
  }

  @Test(arguments: [
    ["--port", "9"], ["--port=9"], ["--server-port=9"], ["--server-port", "1", "--port", "9"],
  ])
  func shortAndLongFlagsNameTheSameKey(flags: [String]) throws {
    #expect(try loader().load(flags: flags).settings.server.port == 9)
  }

  @Test func everyKeyIsReachedByFlagVariableAndFile() throws {
    for key in SettingTable.keys {
      // The default written out and read back, by each way, must be accepted and named.
      let text = key.text(in: ServiceSettings(), masked: false)
      let loaded = try loader([key.variable: text]).load(flags: ["\(key.flag)=\(text)"])
      #expect(loaded.sources[key.name] == .flag(key.flag), "\(key.name)")
      #expect(loaded.settings == ServiceSettings(), "\(key.name)")
      let byFile = try loader(files: [standardFile: "\(key.section):\n  \(key.member): \"\(text)\""]
      )
      .load()
      #expect(byFile.sources[key.name] == .file(path: standardFile, line: 2), "\(key.name)")
      #expect(byFile.settings == ServiceSettings(), "\(key.name)")
    }
  }

  @Test func switchesStandAlone() throws {
    #expect(try loader().load(flags: ["--insecure-no-auth"]).settings.auth.insecureNoAuth)
    let off = try loader().load(flags: ["--insecure-no-auth", "false", "--port", "1"])
    #expect(!off.settings.auth.insecureNoAuth)
    #expect(off.settings.server.port == 1)
  }

  @Test func listsComeAsSequencesCommasOrRepeatedFlags() throws {
    let expected = ["10.0.0.0/8", "::1"]
    let file = [standardFile: "server:\n  trusted_proxies: [10.0.0.0/8, \"::1\"]\n"]
    #expect(try loader(files: file).load().settings.server.trustedProxies == expected)
    let variable = ["MATQUAY_SERVER_TRUSTED_PROXIES": "10.0.0.0/8, ::1"]
    #expect(try loader(variable).load().settings.server.trustedProxies == expected)
    let flags = ["--server-trusted-proxies", "10.0.0.0/8", "--server-trusted-proxies=::1"]
    #expect(try loader().load(flags: flags).settings.server.trustedProxies == expected)
  }

  @Test func mappingsComeAsMappingsOrPairs() throws {
    let file = [standardFile: "queue:\n  concurrency: {cluster: 1, blast: 2}\n"]
    #expect(
      try loader(files: file).load().settings.queue.concurrency == ["cluster": 1, "blast": 2])
    let flags = ["--queue-concurrency", "cluster=3"]
    #expect(try loader().load(flags: flags).settings.queue.concurrency == ["cluster": 3])
    #expect(problems(flags: ["--queue-concurrency", "cluster=0"]).count == 1)
  }

  @Test func emptyAndTheWordStandForAbsent() throws {
    let file = [standardFile: "storage:\n  url:\nadmin:\n  port: off\ncompute:\n  workers: auto\n"]
    let settings = try loader(files: file).load().settings
    #expect(settings.storage.url == nil)
    #expect(settings.admin.port == nil)
    #expect(settings.compute.workers == nil)
  }

  @Test func everyErrorIsReportedAtOnceWithItsPlace() {
    let found = problems(
      ["MATQUAY_SYNC_MAX_WAIT": "soon"],
      files: [standardFile: "server:\n  port: 99999\n  prot: 1\nserve: {}\n"],
      flags: ["--log-level", "loud", "--frobnicate", "--log-format"])
    #expect(
      Set(found.map(\.description)) == [
        "./Config/matquay.yaml:2: server.port: must be 0…65535",
        "./Config/matquay.yaml:3: unknown key \"server.prot\"; did you mean \"server.port\"?",
        "./Config/matquay.yaml:4: unknown section \"serve\"; did you mean \"server\"?",
        "MATQUAY_SYNC_MAX_WAIT: expected a duration such as 10s or 250ms, not \"soon\"",
        "--log-level: expected one of trace, debug, info, notice, warning, error, critical, "
          + "not \"loud\"",
        "--frobnicate: unknown flag \"--frobnicate\"",
        "--log-format: needs a value",
      ])
  }

  @Test func onlyTheCommandLineItselfIsAMatterOfUsage() {
    #expect(SettingsError(problems(flags: ["--nope", "1"])).isUsage)
    #expect(problems(flags: ["--nope", "1"]).count == 1)
    #expect(SettingsError(problems(flags: ["stray"])).isUsage)
    #expect(!SettingsError(problems(flags: ["--port", "high"])).isUsage)
  }

  @Test func aNamedFileMustBeThere() {
    #expect(problems(flags: ["--config", "/nowhere.yaml"]).map(\.rule) == [.file])
    #expect(problems(["MATQUAY_CONFIG": "/nowhere.yaml"]).map(\.rule) == [.file])
  }

  @Test func theFlagsFileWinsOverTheVariablesOverTheStandardOnes() throws {
    let files = [
      "a": "server: {port: 1}", "b": "server: {port: 2}",
      "./Config/matquay.yaml": "server: {port: 3}",
      "/etc/matquay/matquay.yaml": "server: {port: 4}",
    ]
    func port(_ environment: [String: String], _ flags: [String], without: Set<String> = []) throws
      -> Int
    {
      let left = files.filter { !without.contains($0.key) }
      return try loader(environment, files: left).load(flags: flags).settings.server.port
    }
    #expect(try port(["MATQUAY_CONFIG": "b"], ["--config", "a"]) == 1)
    #expect(try port(["MATQUAY_CONFIG": "b"], []) == 2)
    #expect(try port([:], []) == 3)
    #expect(try port([:], [], without: ["./Config/matquay.yaml"]) == 4)
    #expect(
      try port([:], [], without: ["./Config/matquay.yaml", "/etc/matquay/matquay.yaml"]) == 8080)
  }

  @Test func unknownVariablesAreWarnedAboutExceptTheClients() throws {
    let environment = [
      "MATQUAY_SERVICE_HOST": "10.0.0.1", "MATQUAY_URL": "http://x", "MATQUAY_API_KEY": "k",
      "OTHER": "1",
    ]
    let warnings = try loader(environment).load().warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("MATQUAY_SERVICE_HOST") == true)
  }

  @Test(arguments: [
    "server: [1]", "- server", "server: {port: {a: 1}}", "server:\n  port: [1]",
    "server: {port: 1}\nserver: {port: 2}", "a: b: c", "server:\n\tport: 1",
    "server:\n  host: [[1]]", "just text", "server: {port: }",
  ])
  func filesOfAnotherFormAreRefused(text: String) {
    #expect(!problems(files: [standardFile: text]).isEmpty)
  }

  @Test(arguments: ["", "# only a comment\n", "server:\n", "---\n", "server: {}\n"])
  func emptyFilesAndSectionsAreFine(text: String) throws {
    #expect(try loader(files: [standardFile: text]).load().settings == ServiceSettings())
  }

  @Test(arguments: [
    ["--tls-certificate", "a.pem"], ["--tls-key", "a.pem"], ["--tls-client-ca", "a.pem"],
    ["--sync-max-wait", "31s"], ["--jobs-heartbeat", "16s"], ["--limits-body", "513MB"],
    ["--storage-url", "mysql://x"], ["--webhooks-allowed-hosts", "a.example"],
    ["--limits-request-line", "64KB"], ["--auth-client-names", "a=b"],
  ])
  func valuesThatDoNotGoTogetherAreRefused(flags: [String]) {
    #expect(problems(flags: flags).map(\.rule) == [.combination])
  }

  @Test(arguments: [
    ("--server-port", "65535", true), ("--server-port", "65536", false),
    ("--server-port", "-1", false), ("--limits-fields", "0", false),
    ("--server-request-threads", "256", true), ("--server-request-threads", "257", false),
    ("--limits-key-rate", "0.001", true), ("--limits-key-rate", "nan", false),
    ("--limits-key-rate", "0", false),
    ("--limits-key-rate", "off", true), ("--drain-timeout", "25", false),
  ])
  func rangesHoldAtTheirEnds(flag: String, value: String, isFine: Bool) {
    #expect(problems(flags: [flag, value]).isEmpty == isFine)
  }
}
