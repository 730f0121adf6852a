package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.SandboxId;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What several {@link FakeSandboxRuntime}s share: the sandboxes of every owner and generation. */
public final class FakeEngine {

  record Entry(FakeSandbox sandbox, String owner, String generation) {}

  private final ConcurrentMap<SandboxId, Entry> entries = new ConcurrentHashMap<>();

  /** Those that are not destroyed, of every owner. */
  public List<FakeSandbox> sandboxes() {
    return entries.values().stream().map(Entry::sandbox).toList();
  }

  ConcurrentMap<SandboxId, Entry> entries() {
    return entries;
  }
}
