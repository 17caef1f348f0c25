package dev.moat.api.cgroup;

/** How much the programs that are asked one question may still do. For one thread. */
public final class StepBudget {
    private int left;

    /**
     * @param steps instructions
     */
    public StepBudget(int steps) {
        left = steps;
    }

    /** Takes one; false: there are no more. */
    public boolean take() {
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
