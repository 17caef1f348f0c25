/**
 * JMH benchmarks of single paths. They call the services of the real assembly as a task's thread
 * does, so that a number holds for what runs.
 */
@NullMarked
package dev.moat.benchmarks;

import org.jspecify.annotations.NullMarked;
