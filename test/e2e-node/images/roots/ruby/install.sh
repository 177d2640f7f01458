apt-get install -y -qq --no-install-recommends ruby
for program in /usr/bin/ruby /usr/bin/irb /usr/bin/gem; do
  ln -s "$program" "/usr/local/bin/${program##*/}"
done
ruby -rtmpdir -e 'puts Dir.tmpdir'
