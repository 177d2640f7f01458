apt-get install -y -qq --no-install-recommends python3
ln -s /usr/bin/python3 /usr/local/bin/python3
ln -s python3 /usr/local/bin/python
python -c 'import tempfile; print(tempfile.gettempdir())'
