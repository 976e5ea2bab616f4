create table cities (id integer primary key, name text not null, cents integer not null);
create table ratings (id serial primary key, product integer not null, stars integer not null);
insert into cities values (1, 'Ulm', 490);
insert into ratings (product, stars) values (1, 4);
