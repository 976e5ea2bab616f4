import { AMQP_SAMPLE } from './amqp.ts';
import { DUBBO_SAMPLE } from './dubbo.ts';
import { KAFKA_SAMPLE } from './kafka.ts';
import { MEMCACHED_BINARY_SAMPLE, MEMCACHED_SAMPLE } from './memcached.ts';
import { MONGODB_SAMPLE } from './mongodb.ts';
import { MQTT5_SAMPLE, MQTT_SAMPLE } from './mqtt.ts';
import { MYSQL_SAMPLE } from './mysql.ts';
import { NATS_SAMPLE } from './nats.ts';
import { REDIS_SAMPLE } from './redis.ts';
import type { Sample } from './sample.ts';
import { COMPACT_THRIFT_SAMPLE, THRIFT_SAMPLE } from './thrift.ts';

/** One conversation of each protocol of requests and answers. */
export const SAMPLES: readonly Sample[] = [
  REDIS_SAMPLE,
  AMQP_SAMPLE,
  KAFKA_SAMPLE,
  MONGODB_SAMPLE,
  DUBBO_SAMPLE,
  THRIFT_SAMPLE,
  COMPACT_THRIFT_SAMPLE,
  MYSQL_SAMPLE,
  MEMCACHED_SAMPLE,
  MEMCACHED_BINARY_SAMPLE,
  NATS_SAMPLE,
  MQTT_SAMPLE,
  MQTT5_SAMPLE,
];
