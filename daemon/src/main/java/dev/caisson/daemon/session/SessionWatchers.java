package dev.caisson.daemon.session;

import dev.caisson.daemon.model.Identity;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Who hears of a tenant's sessions. Any thread. */
final class SessionWatchers {

  private record Watcher(String tenant, Consumer<SessionNotice> ear) {}

  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

  /**
   * From now on this one hears, until it is closed.
   *
   * @param ear must not block
   */
  SessionWatch add(Identity identity, Consumer<SessionNotice> ear) {
    Watcher watcher = new Watcher(identity.tenant(), ear);
    watchers.add(watcher);
    return () -> watchers.remove(watcher);
  }

  void tell(Identity identity, SessionNotice notice) {
    for (Watcher watcher : watchers) {
      if (watcher.tenant().equals(identity.tenant())) {
        watcher.ear().accept(notice);
      }
    }
  }
}
