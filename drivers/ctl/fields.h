/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Variables of a connection that are members of their own:
 *
 *	FIELD(attribute, part, member of the NDIS structure, of our values)
 *
 * No include guard: whoever includes this defines FIELD() before and may do so
 * again.
 */
FIELD(SPORT, CONST, LocalPort, lport)
FIELD(DPORT, CONST, RemotePort, rport)
FIELD(REMOTE_MSS, CONST, RemoteMss, remote_mss)
FIELD(HASH, CONST, HashValue, hash)
FIELD(RCV_WND_INIT, CACHED, InitialRcvWnd, rcv_wnd)
FIELD(RCV_IND_SIZE, CACHED, RcvIndicationSize, rcv_ind_size)
FIELD(KA_PROBES, CACHED, KaProbeCount, ka_probes)
FIELD(KA_TIMEOUT, CACHED, KaTimeout, ka_timeout)
FIELD(KA_INTERVAL, CACHED, KaInterval, ka_interval)
FIELD(MAX_RT, CACHED, MaxRT, max_rt)
FIELD(TTL, CACHED, TtlOrHopLimit, ttl)
FIELD(TOS, CACHED, TosOrTrafficClass, tos)
FIELD(STATE, DELEG, State, state)
FIELD(RCV_NXT, DELEG, RcvNxt, rcv_nxt)
FIELD(RCV_WND, DELEG, RcvWnd, rcv_wnd)
FIELD(SND_UNA, DELEG, SndUna, snd_una)
FIELD(SND_NXT, DELEG, SndNxt, snd_nxt)
FIELD(SND_MAX, DELEG, SndMax, snd_max)
FIELD(SND_WND, DELEG, SndWnd, snd_wnd)
FIELD(MAX_SND_WND, DELEG, MaxSndWnd, max_snd_wnd)
FIELD(SND_WL1, DELEG, SendWL1, snd_wl1)
FIELD(CWND, DELEG, CWnd, cwnd)
FIELD(SSTHRESH, DELEG, SsThresh, ssthresh)
FIELD(SRTT, DELEG, SRtt, srtt)
FIELD(RTTVAR, DELEG, RttVar, rttvar)
FIELD(TS_RECENT, DELEG, TsRecent, ts_recent)
FIELD(TS_RECENT_AGE, DELEG, TsRecentAge, ts_recent_age)
FIELD(TS_TIME, DELEG, TsTime, ts_time)
FIELD(TOTAL_RT, DELEG, TotalRT, total_rt)
FIELD(DUP_ACKS, DELEG, DupAckCount, dup_acks)
FIELD(WND_PROBES, DELEG, SndWndProbeCount, wnd_probes)
FIELD(KA_PROBE_COUNT, DELEG, KeepAlive.ProbeCount, ka_probes)
FIELD(KA_LEFT, DELEG, KeepAlive.TimeoutDelta, ka_left)
FIELD(RT_COUNT, DELEG, Retransmit.Count, rt_count)
FIELD(RT_LEFT, DELEG, Retransmit.TimeoutDelta, rt_left)
FIELD(DWND, DELEG, DWnd, dwnd)

#undef FIELD
