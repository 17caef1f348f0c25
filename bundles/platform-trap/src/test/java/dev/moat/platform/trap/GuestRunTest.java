package dev.moat.platform.trap;

import dev.moat.platform.kit.GuestRunContract;

/** What one guest thread sees and causes. */
class GuestRunTest extends GuestRunContract {
    GuestRunTest() {
        super(new TrapInsides());
    }
}
