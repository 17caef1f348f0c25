/**
 * What platforms share that run guests in stub processes: assembling the stub and its seccomp(2)
 * filters, and keeping book of its mappings. Nothing here is thread safe.
 */
@NullMarked
package dev.moat.lib.stub;

import org.jspecify.annotations.NullMarked;
