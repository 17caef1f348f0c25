package dev.moat.api.swap;

/**
 * Who serves a subsystem of a sandbox.
 *
 * @param sinceNs realtime nanoseconds: when this sandbox began to use the revision
 */
public record Use(Revisions.Revision revision, long sinceNs) {}
