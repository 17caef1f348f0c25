/**
 * On which CPU the threads of guests run: pairs that hand over to each other stay together, and
 * pairs that are in each other's way are moved apart.
 */
@NullMarked
package dev.moat.lib.cpu;

import org.jspecify.annotations.NullMarked;
