create table orders (
  id serial primary key,
  account text not null,
  cents integer not null,
  tax_percent integer not null,
  payment text not null,
  state text not null default 'placed'
);

create table tax_rates (
  country text primary key,
  percent integer not null
);
