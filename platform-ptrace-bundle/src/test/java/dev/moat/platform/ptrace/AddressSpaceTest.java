package dev.moat.platform.ptrace;

import dev.moat.platform.kit.AddressSpaceContract;

/** Several guest threads and address spaces. */
class AddressSpaceTest extends AddressSpaceContract {
    AddressSpaceTest() {
        super(new PtraceInsides());
    }
}
