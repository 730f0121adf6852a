/**
 * The runtime on a Docker engine with gVisor. The only importer of docker-java.
 *
 * <p>Control calls go through docker-java, each under a deadline of ours; the streams go through
 * {@link dev.caisson.daemon.runtime.docker.AttachedStreams}; how a sandbox died and what it took is
 * read from its cgroup.
 */
@NullMarked
package dev.caisson.daemon.runtime.docker;

import org.jspecify.annotations.NullMarked;
