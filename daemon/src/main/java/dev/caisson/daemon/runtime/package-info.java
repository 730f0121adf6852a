/** The port behind which sandboxes live: create, attach, destroy, list what we own. */
@NullMarked
package dev.caisson.daemon.runtime;

import org.jspecify.annotations.NullMarked;
