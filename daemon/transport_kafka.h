/*
 * transport_kafka: the intake and the output on Kafka (4.1, invariants 4 and 5).
 *
 *   kafka_monitor   checks the cluster and the topics, then goes on looking at them      a thread
 *   kafka_group     which partitions are ours                                            the loop
 *   kafka_reader    messages of them, from where the engine says                         the loop
 *   kafka_publisher transactions, one producer for each partition                        a thread for each
 *   kafka_control   control documents into the intake                                    a thread
 *
 * A revoked partition's publish in hand is finished, or given up after ten seconds, before the group is answered; it is
 * reported (PUBLISH_FENCED if nobody knows) before `revoked`. What was given up is fenced by the next owner.
 */
#ifndef DUIZHANG_DAEMON_TRANSPORT_KAFKA_H
#define DUIZHANG_DAEMON_TRANSPORT_KAFKA_H

#include "daemon/kafka_settings.h"
#include "daemon/loop.h"
#include "daemon/transport.h"

/*
 * Borrows settings and loop, which outlive it. Nothing is done before operations->start; operations->stop frees it,
 * takes up to some 20 seconds if brokers do not answer, and is not called from within a callback.
 */
struct transport *transport_kafka_new(
	const struct kafka_settings *settings, struct loop *loop, const struct transport_callbacks *callbacks);

#endif
