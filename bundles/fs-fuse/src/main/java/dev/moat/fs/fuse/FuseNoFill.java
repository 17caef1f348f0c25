package dev.moat.fs.fuse;

import dev.moat.api.mm.UserFault;
import dev.moat.api.task.WaitQueue;

/** There is nobody to ask for a page. */
enum FuseNoFill implements UserFault {
    INSTANCE;

    @Override
    public WaitQueue queue() {
        return new WaitQueue();
    }

    @Override
    public boolean isOver() {
        return true;
    }

    @Override
    public boolean hasFailed() {
        return true;
    }

    @Override
    public void end() {
        // Nothing was begun.
    }
}
