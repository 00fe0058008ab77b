import Settings
import Testing

private let machine = MachineResources(cores: 8, memoryBytes: 1 << 34)

private func limited(_ files: [String: String]) -> MachineResources {
  machine.limited { files[$0] }
}

@Suite struct MachineResourcesTests {
  @Test func withoutGroupsTheMachineCounts() {
    #expect(limited([:]) == machine)
    #expect(limited(["/proc/self/cgroup": "garbage\n::\n"]) == machine)
  }

  @Test(arguments: [
    ("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1),
    ("9900000 100000", 8), ("x", 8), ("", 8),
  ])
  func versionTwoLimitsCores(text: String, cores: Int) {
    let files = ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": text + "\n"]
    #expect(limited(files).cores == cores)
  }

  @Test func versionTwoTakesTheLeastOfTheGroupAndThoseAboveIt() {
    let files = [
      "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/cpu.max": "300000 100000",
      "/sys/fs/cgroup/a/b/cpu.max": "500000 100000", "/sys/fs/cgroup/a/b/memory.max": "1073741824",
      "/sys/fs/cgroup/a/memory.max": "max",
    ]
    #expect(limited(files) == MachineResources(cores: 3, memoryBytes: 1 << 30))
  }

  @Test func versionOneLimitsBoth() {
    let files = [
      "/proc/self/cgroup": "4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n0::/ignored\n",
      "/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "134217728\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "250000\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
    ]
    #expect(limited(files) == MachineResources(cores: 3, memoryBytes: 128 << 20))
  }

  @Test func versionOneInsideAContainerIsFoundAtTheMountsRoot() {
    let files = [
      "/proc/self/cgroup": "4:memory:/docker/x\n3:cpuacct,cpu:/docker/x\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "134217728\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ]
    #expect(limited(files) == MachineResources(cores: 8, memoryBytes: 128 << 20))
  }

  @Test func anUnlimitedVersionOneGroupIsLargerThanTheMachine() {
    let files = [
      "/proc/self/cgroup": "4:memory:/\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ]
    #expect(limited(files).memoryBytes == machine.memoryBytes)
  }

  @Test func autoBecomesNumbers() {
    let resolved = ServiceSettings().resolved(
      for: MachineResources(cores: 3, memoryBytes: 1_000_000_000), isTerminal: true)
    #expect(resolved.compute.workers == 3)
    #expect(resolved.compute.memoryBytes == 600_000_000)
    #expect(resolved.log.format == .text)
    var chosen = ServiceSettings()
    chosen.compute.workers = 7
    chosen.log.format = .json
    let kept = chosen.resolved(
      for: MachineResources(cores: 3, memoryBytes: 1_000_000_000), isTerminal: true)
    #expect(kept.compute.workers == 7)
    #expect(kept.log.format == .json)
  }

  @Test func thisMachineHasSomething() {
    #expect(MachineResources.current().cores >= 1)
    #expect(MachineResources.current().memoryBytes > 64 << 20)
  }
}
