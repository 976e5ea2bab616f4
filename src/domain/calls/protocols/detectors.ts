import type { Detector } from './decoder.ts';
import { AMQP_DETECTOR } from './amqp/amqp-detect.ts';
import { DNS_DETECTOR } from './dns.ts';
import { DUBBO_DETECTOR } from './dubbo/dubbo.ts';
import { HTTP1_DETECTOR } from './http1-detect.ts';
import { KAFKA_DETECTOR } from './kafka/kafka-detect.ts';
import { MEMCACHED_DETECTOR } from './memcached/memcached-detect.ts';
import { MONGODB_DETECTOR } from './mongodb/mongodb.ts';
import { MQTT_DETECTOR } from './mqtt/mqtt-detect.ts';
import { MYSQL_DETECTOR } from './mysql/mysql-detect.ts';
import { NATS_DETECTOR } from './nats/nats-detect.ts';
import { REDIS_DETECTOR } from './redis/redis-detect.ts';
import { HTTP2_DETECTOR } from './http2/http2-detect.ts';
import { THRIFT_DETECTOR } from './thrift/thrift.ts';
import { TLS_DETECTOR } from './tls/tls.ts';
import { POSTGRES_DETECTOR } from './postgres/postgres-detect.ts';

/** Every protocol that is read, one line each. Of several that say `yes` the first wins. */
export const DETECTORS: readonly Detector[] = [
  HTTP1_DETECTOR,
  HTTP2_DETECTOR,
  TLS_DETECTOR,
  POSTGRES_DETECTOR,
  DNS_DETECTOR,
  MYSQL_DETECTOR,
  // The middle of this list is for text, the end for what is known by few bytes.
  REDIS_DETECTOR,
  MEMCACHED_DETECTOR,
  NATS_DETECTOR,
  AMQP_DETECTOR,
  KAFKA_DETECTOR,
  MONGODB_DETECTOR,
  DUBBO_DETECTOR,
  THRIFT_DETECTOR,
  MQTT_DETECTOR,
];
