/**
 * What every platform has to do, as tests: a platform's own test extends the contracts. JUnit runs
 * their methods there; nothing of this is part of a kernel.
 */
@NullMarked
package dev.moat.platform.kit;

import org.jspecify.annotations.NullMarked;
