create table products (id integer primary key, name text not null, cents integer not null);
create table users (id integer primary key, name text not null);
insert into products values (1, 'arm', 1900), (2, 'leg', 2400);
insert into users values (1, 'ada');
