package dev.moat.api.cgroup;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The controllers, in the order in which the kernel names them. */
public enum Controller {
    CPU("cpu", true),
    IO("io", false),
    MEMORY("memory", false),
    PIDS("pids", true);

    private final String label;
    private final boolean threaded;

    Controller(String label, boolean threaded) {
        this.label = label;
        this.threaded = threaded;
    }

    /** Its name in cgroup.controllers. */
    public String label() {
        return label;
    }

    /** Whether threads of one process may be in different groups of it. */
    public boolean isThreaded() {
        return threaded;
    }

    /** The controller of a name. */
    public static Optional<Controller> ofLabel(String label) {
        for (Controller controller : values()) {
            if (controller.label.equals(label)) {
                return Optional.of(controller);
            }
        }
        return Optional.empty();
    }

    /** Names, split by spaces. */
    public static String labels(Collection<Controller> controllers) {
        return controllers.stream().map(Controller::label).collect(Collectors.joining(" "));
    }

    static List<Controller> all() {
        return List.of(values());
    }

    static boolean hasDomainController(Collection<Controller> controllers) {
        return controllers.stream().anyMatch(controller -> !controller.threaded);
    }
}
