/**
 * What platforms share that run guests in stub processes: assembling the stub and its seccomp(2)
 * filters, keeping book of its mappings ({@link dev.moat.lib.stub.StubMappings}), telling it what
 * to do ({@link dev.moat.lib.stub.SystemCallList} in a {@link dev.moat.lib.stub.PagedFile}), and
 * collecting it ({@link dev.moat.lib.stub.StubParent}). Thread safe is only what says so.
 */
@NullMarked
package dev.moat.lib.stub;

import org.jspecify.annotations.NullMarked;
