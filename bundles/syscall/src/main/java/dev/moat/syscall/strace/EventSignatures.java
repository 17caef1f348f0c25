package dev.moat.syscall.strace;

/** Calls of pipes, waiting for files, and time. */
final class EventSignatures {
    static final String TEXT =
            """
            poll(>pollfds, uint, int)
            ppoll(>pollfds, uint, timespec, sigset, size)
            select(int, fdset, fdset, fdset, timeval)
            pselect6(int, fdset, fdset, fdset, timespec, ptr)
            pipe(>intpair)
            pipe2(>intpair, pipeflags)
            epoll_create(int)
            epoll_create1(epollcreate)
            epoll_ctl(fd, epollctl, fd, epollevent)
            epoll_wait(fd, >epollevents, int, int)
            epoll_pwait(fd, >epollevents, int, int, sigset, size)
            epoll_pwait2(fd, >epollevents, int, timespec, sigset, size)
            epoll_ctl_old(int, int, int, int)
            epoll_wait_old(int, int, int)
            eventfd(uint)
            eventfd2(uint, eventfd)
            signalfd(fd, sigset, size)
            signalfd4(fd, sigset, size, signalfd)
            timerfd_create(clock, timerfdcreate)
            timerfd_settime(fd, timerfdset, itimerspec, >itimerspec)
            timerfd_gettime(fd, >itimerspec)
            inotify_init()
            inotify_init1(inotifyinit)
            inotify_add_watch(fd, path, inotify)
            inotify_rm_watch(fd, int)
            nanosleep(timespec, remaining)
            getitimer(itimer, >itimerval)
            setitimer(itimer, itimerval, >itimerval)
            alarm(uint)
            gettimeofday(>timeval, >timezone)
            settimeofday(timeval, timezone)
            time(>longptr)
            times(>tms)
            adjtimex(ptr)
            timer_create(clock, ptr, >intptr)
            timer_settime(int, timerflags, itimerspec, >itimerspec)
            timer_gettime(int, >itimerspec)
            timer_getoverrun(int)
            timer_delete(int)
            clock_settime(clock, timespec)
            clock_gettime(clock, >timespec)
            clock_getres(clock, >timespec)
            clock_nanosleep(clock, timerflags, timespec, remaining)
            clock_adjtime(clock, ptr)
            """;

    private EventSignatures() {}
}
