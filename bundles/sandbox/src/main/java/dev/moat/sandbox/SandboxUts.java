package dev.moat.sandbox;

import dev.moat.api.sandbox.UtsName;
import dev.moat.api.swap.Stateful;

/** The UTS names of one sandbox. */
@Stateful
final class SandboxUts implements UtsName {
    /**
     * The interface level that guests may rely on, marked so that nobody takes it for a host
     * kernel.
     */
    static final String RELEASE = "6.12.0-moat";

    /** Read by any task, written by sethostname(2) and setdomainname(2). */
    private volatile String nodeName;

    private volatile String domainName = "(none)";

    SandboxUts(String nodeName) {
        this.nodeName = nodeName;
    }

    @Override
    public UtsName copy() {
        var copy = new SandboxUts(nodeName);
        copy.setDomainName(domainName);
        return copy;
    }

    @Override
    public String systemName() {
        return "Linux";
    }

    @Override
    public String nodeName() {
        return nodeName;
    }

    @Override
    public void setNodeName(String name) {
        nodeName = name;
    }

    @Override
    public String release() {
        return RELEASE;
    }

    @Override
    public String version() {
        return "#1 SMP PREEMPT Moat";
    }

    @Override
    public String machine() {
        return "x86_64";
    }

    @Override
    public String domainName() {
        return domainName;
    }

    @Override
    public void setDomainName(String name) {
        domainName = name;
    }
}
